namespace Trainer.Reports.Studies;

/// <summary>Whether a study needs one of its runs.</summary>
public enum CellNeed
{
    /// <summary>It is a trial, or of the selected setting.</summary>
    Needed,

    /// <summary>Another setting of its recipe was selected.</summary>
    NotSelected,

    /// <summary>Not all trials of its recipe have ended.</summary>
    AwaitsTrials,

    /// <summary>All have ended, and no setting can be selected: each has a trial without the metric.</summary>
    NothingSelected,
}
