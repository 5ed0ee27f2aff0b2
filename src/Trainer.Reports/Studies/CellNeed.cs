namespace Trainer.Reports.Studies;

/// <summary>Whether a study needs one of its runs.</summary>
public enum CellNeed
{
    /// <summary>To be trained and evaluated: its setting is selected, or the study selects none.</summary>
    Needed,

    /// <summary>To be trained, not evaluated: a trial of a recipe no setting of which is selected yet.</summary>
    Training,

    /// <summary>Nothing: another setting of its recipe was selected.</summary>
    NotSelected,

    /// <summary>It is no trial, and not all trials of its recipe have ended.</summary>
    AwaitsTrials,

    /// <summary>All have ended, and no setting can be selected: each has a trial without the metric.</summary>
    NothingSelected,
}
