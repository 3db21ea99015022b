"""The contribution (納付金) and standard rates (標準保険料率) of any prefecture, from its own figures.

fields.py    what the two sheets may hold: every column and item with unit, meaning and allowed values
reading.py   reads workbook, folder of CSVs, YAML or frames; all mistakes at once
figures.py   turns what was read into the given figures of each portion
answer.py    `contribution`, the door, and what it returns
template.py  writes a workbook to fill in
workbook.py  writes the result with the calculation sheet of every municipality
"""
