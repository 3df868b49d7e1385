"""The Context API: its calls, its answers, and what may be concluded from them."""
