namespace Trainer.Engine.Data.Poisoning;

/// <summary>A training row that an attacker changed.</summary>
/// <param name="Row">Its number in the data set, before any row is held out.</param>
/// <param name="IsNoise">
/// Whether it is one of the attack's noise rows, which keep their label and teach no backdoor: they count as clean
/// where isolation and detection are measured. BackdoorBench keeps them apart in training; the data set that it saves
/// afterwards marks every changed row as poisoned, so that its detection rates of WaNet count them.
/// </param>
/// <param name="Label">The label that training sees.</param>
/// <param name="Original">The label that it had.</param>
public sealed record PoisonedRow(long Row, bool IsNoise, int Label, int Original);
