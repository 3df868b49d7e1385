"""The contents of files, uploaded and downloaded through presigned URLs."""
