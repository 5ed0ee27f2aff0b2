namespace Trainer.Engine.Studies;

/// <summary>How far a run of a study has come.</summary>
public enum CellProgress
{
    /// <summary>Nothing was saved.</summary>
    NotStarted,

    /// <summary>It has a checkpoint to resume from.</summary>
    Unfinished,

    /// <summary>It was trained; its final evaluation is not complete.</summary>
    Trained,

    /// <summary>Training collapsed, and its guard stopped the run: the result of this cell.</summary>
    Collapsed,

    /// <summary>It was trained and evaluated.</summary>
    Finished,
}
