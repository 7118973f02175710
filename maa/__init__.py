"""MAA: four clicks to an instance-segmentation polygon."""
