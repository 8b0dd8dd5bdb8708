"""Where a container keeps its tensors: zip, legacy stream, safetensors."""
