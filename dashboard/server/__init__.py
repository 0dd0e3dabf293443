"""What runs Streamlit: its process, its ASGI app, who may see it, and its headers."""
