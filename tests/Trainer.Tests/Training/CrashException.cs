namespace Trainer.Tests.Training;

internal sealed class CrashException : Exception;
