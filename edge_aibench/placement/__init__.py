"""Where each stage should run: options, objectives, policies, and what a decision is worth."""
