"""Times dill's saving and restoring of a whole session; see times.py for the arguments."""

import dill
import times

times.main(save=dill.dump_session, load=dill.load_session)
