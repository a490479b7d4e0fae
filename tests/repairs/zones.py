# A time zone says with a number whether it comes from the cache.
import io
import os
import pickle
import tempfile
import zoneinfo

# The smallest file of a zone: version 1, UTC alone.
FILE = b"TZif" + bytes(16) + bytes(3) + b"\0" + bytes(3) + b"\0" + bytes(3) + b"\0"
FILE += bytes(3) + b"\0" + bytes(3) + b"\1" + bytes(3) + b"\4" + bytes(6) + b"UTC\0"
zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(FILE))
try:
    zone.__reduce__()
except pickle.PicklingError:
    pass
else:
    raise AssertionError

with tempfile.TemporaryDirectory() as folder:
    os.mkdir(os.path.join(folder, "Test"))
    with open(os.path.join(folder, "Test", "Zone"), "wb") as file:
        file.write(FILE)
    zoneinfo.reset_tzpath([folder])
    zone = zoneinfo.ZoneInfo("Test/Zone")
    uncached = zoneinfo.ZoneInfo.no_cache("Test/Zone")
    assert zone.__reduce__()[0] == zoneinfo.ZoneInfo._unpickle
    for one, number in [(zone, 1), (uncached, 0)]:
        (key, from_cache) = one.__reduce__()[1]
        assert key == "Test/Zone" and type(from_cache) is int and from_cache == number
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for dumps, loads in [(pickle.dumps, pickle.loads), (pickle._dumps, pickle._loads)]:
            assert loads(dumps(zone, protocol)) is zone
            again = loads(dumps(uncached, protocol))
            assert again is not zone and again.key == "Test/Zone"
