#!/usr/bin/env python3
"""Prints the names of all API operations of the given services as JSON.

usage: python3 operations.py SERVICE... > operations.json

The names come from the API models in the botocore that python3 imports (PyPI's
botocore, Apache-2.0).
"""

import json
import sys

import botocore
import botocore.session

session = botocore.session.get_session()
names = {s: sorted(session.get_service_model(s).operation_names) for s in sorted(sys.argv[1:])}
print('{"source": "botocore %s, by operations.py", "services": {' % botocore.__version__)
print(",\n".join("%s: %s" % (json.dumps(s), json.dumps(n)) for s, n in names.items()))
print("}}")
