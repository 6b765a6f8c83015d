"""What each chart is called, what it shows in words, and the words in it: on its axes, its marks and in what they tell."""
