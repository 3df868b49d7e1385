"""The Context API: its calls, its responses and what can be concluded from them."""
