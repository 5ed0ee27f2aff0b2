namespace Trainer.Engine.Repair;

/// <summary>Removes a backdoor from a network by clean images alone: it sees no trigger and no test image.</summary>
internal interface IRepair
{
    /// <summary>Changes the network.</summary>
    /// <param name="network">The trained network.</param>
    /// <param name="clean">The clean images that a defender has.</param>
    /// <returns>What was decided, in words without a full stop; null for nothing.</returns>
    /// <exception cref="Trainer.Recipes.TrainerException">The method cannot be used for this network.</exception>
    string? Run(RepairedNetwork network, CleanImages clean);
}
