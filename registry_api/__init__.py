"""registry_api"""
