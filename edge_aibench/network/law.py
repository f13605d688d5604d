"""Laws of delay and loss of one direction of a link, to draw from and to reason with.

A direction asks for a mean one-way delay and, if it has jitter, a law with a standard deviation
about that mean. Delays are never negative: what a normal law would put below zero becomes zero
(at most 0.13 % of draws, since a direction's delay is at least three times its spread).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Protocol

from edge_aibench.errors import InternalError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from edge_aibench.model.link import LinkDirection

_STANDARD = NormalDist()


class LinkLaw(Protocol):
    """What happens to single packets of one direction; packets are independent."""

    @property
    def mean_delay_s(self) -> float:
        """Mean of the delay law."""
        ...

    @property
    def std_delay_s(self) -> float:
        """Standard deviation of the delay law."""
        ...

    def delay_quantile_s(self, share: float) -> float:
        """Delay that *share* (0 to 1, exclusive) of the packets stay within."""
        ...

    def delays_s(self, shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The delays at *shares* (0 to 1, exclusive), of their shape: many quantiles at once."""
        ...

    def sample_delay_s(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Delays of *n* packets, float64 of shape (n,), at least 0."""
        ...

    def sample_loss(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.bool_]:
        """Whether each of *n* packets is lost, bool of shape (n,)."""
        ...


@dataclass(frozen=True)
class _Loss:
    loss: float

    def sample_loss(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.bool_]:
        return generator.random(n) < self.loss


@dataclass(frozen=True)
class ConstantLaw(_Loss):
    """Every packet takes *delay_s*."""

    delay_s: float

    @property
    def mean_delay_s(self) -> float:
        return self.delay_s

    @property
    def std_delay_s(self) -> float:
        return 0.0

    def delay_quantile_s(self, share: float) -> float:
        _check_share(share)
        return self.delay_s

    def delays_s(self, shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        import numpy as np

        return np.full(np.shape(shares), self.delay_s)

    def sample_delay_s(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:  # noqa: ARG002
        import numpy as np

        return np.full(n, self.delay_s)


@dataclass(frozen=True)
class UniformLaw(_Loss):
    """Evenly spread about *delay_s* with standard deviation *spread_s*.

    The half width is sqrt(3) times the standard deviation.
    """

    delay_s: float
    spread_s: float

    @property
    def half_width_s(self) -> float:
        """How far the extremes lie from the mean."""
        return math.sqrt(3) * self.spread_s

    @property
    def mean_delay_s(self) -> float:
        return self.delay_s

    @property
    def std_delay_s(self) -> float:
        return self.spread_s

    def delay_quantile_s(self, share: float) -> float:
        _check_share(share)
        return max(0.0, self.delay_s + (2 * share - 1) * self.half_width_s)

    def delays_s(self, shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        import numpy as np

        return np.maximum(self.delay_s + (2 * shares - 1) * self.half_width_s, 0.0)

    def sample_delay_s(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        import numpy as np

        low, high = self.delay_s - self.half_width_s, self.delay_s + self.half_width_s
        # The lower edge may fall a rounding error under zero.
        return np.maximum(generator.uniform(low, high, n), 0.0)


@dataclass(frozen=True)
class NormalLaw(_Loss):
    """Normal about *delay_s* with standard deviation *spread_s*, cut off at zero.

    With z = delay / spread, the mean is delay Phi(z) + spread phi(z) and the second moment
    (delay^2 + spread^2) Phi(z) + delay spread phi(z): the rectified normal law.
    """

    delay_s: float
    spread_s: float

    @property
    def mean_delay_s(self) -> float:
        z = self.delay_s / self.spread_s
        return self.delay_s * _STANDARD.cdf(z) + self.spread_s * _STANDARD.pdf(z)

    @property
    def std_delay_s(self) -> float:
        z = self.delay_s / self.spread_s
        second = (self.delay_s**2 + self.spread_s**2) * _STANDARD.cdf(z)
        second += self.delay_s * self.spread_s * _STANDARD.pdf(z)
        return math.sqrt(second - self.mean_delay_s**2)

    def delay_quantile_s(self, share: float) -> float:
        _check_share(share)
        return max(0.0, self.delay_s + self.spread_s * _STANDARD.inv_cdf(share))

    def delays_s(self, shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        import numpy as np
        from scipy.special import ndtri

        return np.maximum(self.delay_s + self.spread_s * ndtri(shares), 0.0)

    def sample_delay_s(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        import numpy as np

        return np.maximum(generator.normal(self.delay_s, self.spread_s, n), 0.0)


@dataclass(frozen=True)
class LognormalLaw(_Loss):
    """Lognormal with mean *delay_s* and standard deviation *spread_s*.

    Its logarithm is normal with variance s^2 = ln(1 + spread^2 / delay^2) and mean
    ln(delay) - s^2 / 2.
    """

    delay_s: float
    spread_s: float

    @property
    def log_std(self) -> float:
        """Standard deviation of the logarithm of the delay."""
        return math.sqrt(math.log1p((self.spread_s / self.delay_s) ** 2))

    @property
    def log_mean(self) -> float:
        """Mean of the logarithm of the delay in seconds."""
        return math.log(self.delay_s) - self.log_std**2 / 2

    @property
    def mean_delay_s(self) -> float:
        return self.delay_s

    @property
    def std_delay_s(self) -> float:
        return self.spread_s

    def delay_quantile_s(self, share: float) -> float:
        _check_share(share)
        return math.exp(self.log_mean + self.log_std * _STANDARD.inv_cdf(share))

    def delays_s(self, shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        import numpy as np
        from scipy.special import ndtri

        delays_s: npt.NDArray[np.float64] = np.exp(self.log_mean + self.log_std * ndtri(shares))
        return delays_s

    def sample_delay_s(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        return generator.lognormal(self.log_mean, self.log_std, n)


def link_law(direction: LinkDirection) -> LinkLaw:
    """Give the law that *direction* asks for."""
    delay_s, spread_s, loss = direction.delay_s, direction.jitter.spread_s, direction.loss
    match direction.jitter.law:
        case "none":
            return ConstantLaw(loss=loss, delay_s=delay_s)
        case "uniform":
            return UniformLaw(loss=loss, delay_s=delay_s, spread_s=spread_s)
        case "normal":
            return NormalLaw(loss=loss, delay_s=delay_s, spread_s=spread_s)
        case "lognormal":
            return LognormalLaw(loss=loss, delay_s=delay_s, spread_s=spread_s)


def _check_share(share: float) -> None:
    if not 0.0 < share < 1.0:
        raise InternalError(f"a quantile needs a share between 0 and 1, not {share}")
