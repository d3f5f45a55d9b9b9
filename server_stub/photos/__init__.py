"""Photos: resumable uploads named by their hash, a store for them, and who may see one."""
