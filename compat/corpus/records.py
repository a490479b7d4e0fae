"""How one pickle, or the refusal to make one, is written in the JSON files."""

import hashlib
import os
import re
import sys

try:
    import zlib
except ImportError:
    zlib = None

# Pickles from this size on are kept compressed: most repeat themselves.
_LARGE = 4096


def error_record(e):
    """Addresses differ from run to run; everything else in a message counts."""
    def clean(text):
        return re.sub(r'0x[0-9a-fA-F]+', '0x...', str(text))
    if isinstance(e, RecursionError):
        # where the stack ends is no property of the pickler
        return {'error': 'RecursionError'}
    record = {'error': f'{type(e).__name__}: {clean(e)}'}
    notes = getattr(e, '__notes__', None)
    if notes:
        record['notes'] = [clean(n) for n in notes]
    return record


def bytes_record(blob):
    if zlib is None or len(blob) < _LARGE:
        return {'hex': blob.hex()}
    return {'zlib': zlib.compress(blob).hex(), 'len': len(blob),
            'sha256': hashlib.sha256(blob).hexdigest()}


def blob_of(record):
    """The pickle in a record, None if there is none."""
    if 'hex' in record:
        return bytes.fromhex(record['hex'])
    if 'zlib' not in record:
        return None
    blob = zlib.decompress(bytes.fromhex(record['zlib']))
    if (len(blob), hashlib.sha256(blob).hexdigest()) != (record['len'], record['sha256']):
        raise ValueError('a damaged record')
    return blob


def trace(name):
    """With CORPUS_TRACE set the last name shown is the case that crashed."""
    if os.environ.get('CORPUS_TRACE'):
        print(name, file=sys.stderr, flush=True)
