from sim.demography.step import ARRIVE, BEAR, COUNT, DEMOGRAPHY, LIVE, REPACK, UNITE
