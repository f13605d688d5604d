"""From the distance to a radio station to what its link carries.

Path loss: urban macro cell without line of sight (3GPP TR 38.901, table 7.4.1-1),
13.54 + 39.08 log10(d) + 20 log10(f) - 0.6 (h - 1.5) dB at distance d in space, between antennas
at 25 m and 1.5 m. Only the slope is used: a station's range fixes the rest, so that carrier
frequency, power, gain, noise and bandwidth need not be known. Interference is not modelled.
Shadowing: normal in dB, standard deviation 6 dB, correlated over 50 m of way (TR 38.901, tables
7.4.1-1 and 7.5-6), independent from station to station.

Rate: the attenuated and truncated Shannon bound of 3GPP TR 36.942, annex A.2: a log2(1 + SNR)
bit/s/Hz with a = 0.6 down and 0.4 up, nothing below an SNR of -10 dB, at most 4.4 down and 2.0
up. A link's own rate is what it carries at that most; the share of it is what is left of it.
The signal-to-noise ratio is taken to be the same in both directions.

Delay: distance over the speed of light, 3.3 us a kilometre, comes on top of the link's own. That
a weak link is slow shows in the time that sending takes. Link adaptation keeps the share of
repeated transmissions about constant, so they are part of the link's own delay and jitter.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from edge_aibench.model.mobility import Point

    Floats = npt.NDArray[np.float64]

ANTENNA_ABOVE_NODE_M = 25.0 - 1.5
LOSS_SLOPE_DB = 39.08
SHADOWING_DISTANCE_M = 50.0
LEAST_SNR_DB = -10.0
"""Below it a link carries nothing."""
LIGHT_M_PER_S = 299_792_458.0

ATTENUATION = {"up": 0.4, "down": 0.6}
MOST_BIT_PER_S_HZ = {"up": 2.0, "down": 4.4}


def distances_m(points: Floats, station: Point) -> Floats:
    """Distance in space from *station*'s antenna to each of *points*, (n, 2); shape (n,)."""
    import numpy as np

    flat = np.hypot(points[:, 0] - station[0], points[:, 1] - station[1])
    return np.hypot(flat, ANTENNA_ABOVE_NODE_M)


def snr_db(distance_m: Floats, *, range_m: float) -> Floats:
    """Signal-to-noise ratio at *distance_m* of a station with *range_m*, without shadowing."""
    import numpy as np

    edge_m = np.hypot(range_m, ANTENNA_ABOVE_NODE_M)
    return np.asarray(LEAST_SNR_DB + LOSS_SLOPE_DB * np.log10(edge_m / distance_m))


def rate_share(snr: Floats, *, way: str) -> Floats:
    """Share of its best rate that direction *way*, up or down, carries at each *snr* in dB."""
    import numpy as np

    efficiency = ATTENUATION[way] * np.log2(1.0 + 10.0 ** (snr / 10.0))
    return np.where(snr < LEAST_SNR_DB, 0.0, np.minimum(efficiency / MOST_BIT_PER_S_HZ[way], 1.0))


def shadowing_db(
    n: int, *, step_m: float, spread_db: float, generator: np.random.Generator
) -> Floats:
    """What buildings add along *n* points *step_m* apart: normal, mean 0, shape (n,).

    The correlation falls exponentially with the way: a first-order autoregressive process.
    """
    import numpy as np

    correlation = float(np.exp(-step_m / SHADOWING_DISTANCE_M))
    white = generator.normal(0.0, spread_db, n)
    white[1:] *= np.sqrt(1.0 - correlation**2)
    return np.array(
        list(accumulate(white.tolist(), lambda before, new: correlation * before + new))
    )
