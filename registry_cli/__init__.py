"""registry_cli"""
