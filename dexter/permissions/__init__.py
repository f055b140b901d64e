"""What a model may do by itself, what a person is asked for, what is never done. Pure, but for `floor`."""
