namespace Trainer.Engine.Evaluation.Detection;

/// <summary>Looks for poisoned images among a network's training images.</summary>
internal interface IDetector
{
    /// <summary>The method's name.</summary>
    string Name { get; }

    /// <summary>What a defender has for it.</summary>
    string Needs { get; }

    /// <summary>Scores every training image.</summary>
    Detection Run(InspectedTraining training);
}
