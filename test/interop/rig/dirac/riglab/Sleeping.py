import time


class Sleeping:
    """A call that keeps its thread, and says so in the log, for both kinds of service."""

    types_sleep = [int]

    def export_sleep(self, seconds):
        print("rig: a thread sleeps", flush=True)
        time.sleep(seconds)
        return {"OK": True, "Value": seconds}
