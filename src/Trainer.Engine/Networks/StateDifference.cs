namespace Trainer.Engine.Networks;

/// <summary>One way in which a file differs from the tensors that it is to be loaded into.</summary>
/// <param name="Key">The tensor's key.</param>
/// <param name="Problem">What is wrong with it.</param>
/// <param name="Expected">Dtype and shape of the tensor to be loaded into; null where there is none.</param>
/// <param name="Found">Dtype and shape in the file; null where there is none.</param>
public sealed record StateDifference(string Key, StateProblem Problem, string? Expected, string? Found)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => Problem switch
    {
        StateProblem.Missing => $"missing: {Key} ({Expected})",
        StateProblem.Unexpected => $"unexpected: {Key} ({Found})",
        StateProblem.WrongShape => $"wrong shape: {Key} is {Found}, expected {Expected}",
        _ => $"wrong dtype: {Key} is {Found}, expected {Expected}",
    };
}
