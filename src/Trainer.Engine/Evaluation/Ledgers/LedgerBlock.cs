namespace Trainer.Engine.Evaluation.Ledgers;

/// <summary>One line of a ledger: a block of examples under an attack.</summary>
/// <param name="Phase">0 for the clean images, then the attacks in their order.</param>
/// <param name="Attack">The attack's name, or a corruption's with its severity; "clean" for none.</param>
/// <param name="Block">The block's number within the attack.</param>
/// <param name="Forward">Images through a forward pass.</param>
/// <param name="Backward">Images through a backward pass.</param>
/// <param name="Examples">In index order.</param>
public sealed record LedgerBlock(
    int Phase, string Attack, int Block, long Forward, long Backward, IReadOnlyList<LedgerExample> Examples);
