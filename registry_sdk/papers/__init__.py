"""Printed papers: PDF files in Chinese with English beside it, the same bytes for the same figures."""
