"""Uploads and downloads of files through presigned URLs."""
