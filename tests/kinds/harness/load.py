__import__("loading").main()
