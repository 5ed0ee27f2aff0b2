# One line for each option that has another name now: s/"newName"/"oldName"/g
s/"minDelta"/"leastGain"/g
s/"pctStart"/"rise"/g
s/"divFactor"/"initialDivisor"/g
s/"finalDivFactor"/"finalDivisor"/g
s/"binarySearchSteps"/"searches"/g
s/"initialConst"/"firstC"/g
s/"initialNumEvals"/"firstQueries"/g
s/"maxNumEvals"/"mostQueries"/g
s/"pInit"/"firstShare"/g
s/"subset"/"choose"/g
s/"separate"/"apart"/g
s/"joint"/"together"/g
s/"loss"/"goal"/g
s/"eotIterations"/"draws"/g
