"""The 25 labels of the phenotyping task, in the order of its listfile columns.

Names are the benchmark's column titles; prevalences are those it publishes for its training
split (mimic3-benchmarks, statistics.md).
"""

from __future__ import annotations

from typing import Final

PHENOTYPE_PREVALENCE: Final[dict[str, float]] = {
    "Acute and unspecified renal failure": 0.214,
    "Acute cerebrovascular disease": 0.075,
    "Acute myocardial infarction": 0.103,
    "Cardiac dysrhythmias": 0.321,
    "Chronic kidney disease": 0.134,
    "Chronic obstructive pulmonary disease and bronchiectasis": 0.131,
    "Complications of surgical procedures or medical care": 0.207,
    "Conduction disorders": 0.072,
    "Congestive heart failure; nonhypertensive": 0.268,
    "Coronary atherosclerosis and other heart disease": 0.322,
    "Diabetes mellitus with complications": 0.095,
    "Diabetes mellitus without complication": 0.193,
    "Disorders of lipid metabolism": 0.291,
    "Essential hypertension": 0.419,
    "Fluid and electrolyte disorders": 0.269,
    "Gastrointestinal hemorrhage": 0.072,
    "Hypertension with complications and secondary hypertension": 0.133,
    "Other liver diseases": 0.089,
    "Other lower respiratory disease": 0.051,
    "Other upper respiratory disease": 0.040,
    "Pleurisy; pneumothorax; pulmonary collapse": 0.087,
    "Pneumonia (except that caused by tuberculosis or sexually transmitted disease)": 0.139,
    "Respiratory failure; insufficiency; arrest (adult)": 0.181,
    "Septicemia (except in labor)": 0.143,
    "Shock": 0.078,
}

PHENOTYPES: Final = tuple(PHENOTYPE_PREVALENCE)
PHENOTYPE_COUNT: Final = len(PHENOTYPES)

HEART_FAILURE: Final = "Congestive heart failure; nonhypertensive"
HEART_FAILURE_INDEX: Final = PHENOTYPES.index(HEART_FAILURE)
