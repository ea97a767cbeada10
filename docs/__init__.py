"""What is made of the program for people to read."""
