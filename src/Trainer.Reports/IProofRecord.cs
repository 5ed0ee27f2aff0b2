using Trainer.Engine.Evaluation.Ledgers;

namespace Trainer.Reports;

/// <summary>A certification or verification of some weights as its folder holds it.</summary>
internal interface IProofRecord
{
    /// <summary>What it depends on, as the ledger's first line has it.</summary>
    LedgerIdentity Identity { get; }

    /// <summary>Where the weights were: a checkpoint's folder or a file.</summary>
    string Weights { get; }
}
