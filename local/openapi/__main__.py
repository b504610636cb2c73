"""Prints the OpenAPI document."""

import json
import sys

from local.openapi.document import document

json.dump(document(), sys.stdout, indent=2, ensure_ascii=False)
sys.stdout.write("\n")
