namespace Trainer.Engine.Evaluation;

/// <summary>Which of the test images are measured.</summary>
public enum ExampleChoice
{
    /// <summary>The first ones.</summary>
    First,

    /// <summary>A subset fixed by the seed.</summary>
    Random,
}
