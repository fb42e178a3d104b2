"""What is trained: parameters, a run of training, and the model that holds its outcome."""
