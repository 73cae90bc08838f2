"""What is counted, and where it is kept."""

import threading

FIELDS = ("messages", "words", "tool_calls", "errors", "turns")
PREFIX = "stats:"


class Stats:
    """Counts by conversation, loaded from the plugin's state and written back when they changed."""

    def __init__(self, state):
        self._state = state
        self._lock = threading.Lock()
        self._counts = {}
        self._changed = set()
        self._loaded = threading.Event()
        self.latest = None

    def load(self):
        """Reads what was counted before; events wait until this is done."""
        try:
            for entry in self._state.list(PREFIX):
                kept = self._state.get(entry["key"])
                if isinstance(kept, dict):
                    self._counts[entry["key"][len(PREFIX) :]] = {**_zeros(), **kept}
        finally:
            self._loaded.set()

    def add(self, conversation, **more):
        """Adds to a conversation's counts and answers them."""
        self._loaded.wait(10)
        with self._lock:
            counts = self._counts.setdefault(conversation, _zeros())
            for field, number in more.items():
                counts[field] += number
            self._changed.add(conversation)
            self.latest = conversation
            return dict(counts)

    def notice(self, conversation):
        """Whether this conversation has not been told of yet; from now on it has."""
        with self._lock:
            counts = self._counts[conversation]
            first, counts["noticed"] = not counts["noticed"], True
            return first

    def of(self, conversation):
        self._loaded.wait(10)
        with self._lock:
            counts = self._counts.get(conversation, _zeros())
            return {"conversation": conversation, **{field: counts[field] for field in FIELDS}}

    def sums(self):
        self._loaded.wait(10)
        with self._lock:
            sums = {field: sum(counts[field] for counts in self._counts.values()) for field in FIELDS}
            return {"conversations": len(self._counts), **sums}

    def reset(self, conversation=None):
        """Forgets one conversation, or all; answers how many there were."""
        self._loaded.wait(10)
        with self._lock:
            names = [name for name in self._counts if conversation in (None, name)]
            for name in names:
                self._counts[name] = {**_zeros(), "resets": self._counts[name]["resets"] + 1}
            self._changed.update(names)
        self.save()
        return len(names)

    def save(self):
        """Writes what changed since the last time; what cannot be written now is tried again the next time."""
        with self._lock:
            changed = {name: dict(self._counts[name]) for name in self._changed}
            self._changed.clear()
        while changed:
            name, counts = changed.popitem()
            try:
                self._state.set(PREFIX + name, counts)
            except Exception:
                with self._lock:
                    self._changed.update(changed, [name])
                raise


def _zeros():
    return {**{field: 0 for field in FIELDS}, "noticed": False, "resets": 0}
