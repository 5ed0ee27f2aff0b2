namespace Trainer.Engine.Data;

/// <summary>Rows of extra images in memory that no tensor owns, so that any thread may fill it.</summary>
/// <param name="Images">The images one after the other.</param>
/// <param name="Labels">Their labels.</param>
internal sealed record ExtraRows(byte[] Images, long[] Labels);
