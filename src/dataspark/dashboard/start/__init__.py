"""What the server runs. In a folder of its own: Streamlit takes a folder `pages` beside it for pages that it runs itself."""
