__import__("saving").main()
