"""From gross salary, pension and other income to the base of the levy (旧ただし書き所得), by income year."""
