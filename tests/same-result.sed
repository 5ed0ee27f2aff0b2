# One line for each option that has another name now: s/"newName"/"oldName"/g
