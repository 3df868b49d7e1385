"""The local Context API, by behaviour: driven over plain HTTP, judged by what it holds."""
