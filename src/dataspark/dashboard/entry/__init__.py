"""Where Streamlit begins: in a folder of its own, for a `pages` folder beside its script it takes for an app of many scripts.

The first visitor of a server whose link led to one page would then be shown that file alone, which shows nothing.
"""
