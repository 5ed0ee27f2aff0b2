namespace Trainer.Tests.Training;

/// <summary>What beginners get wrong in a network of their own.</summary>
public enum Mistake
{
    RegistersNothing,
    ExpectsOtherImages,
    HasOtherClasses,
    FreesItsResult,
    FlattensItsLogits,
    HasDoubleLogits,
    ChangesInPlace,
    CutsItsGraph,
}
