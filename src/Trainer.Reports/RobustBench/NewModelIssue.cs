namespace Trainer.Reports.RobustBench;

/// <summary>
/// The fields of RobustBench's issue template "New Model(s)", by which it asks to submit a model, filled in as far as
/// they are known.
/// </summary>
internal static class NewModelIssue
{
    private const string Open = "(to be filled in)";

    /// <summary>The issue in Markdown.</summary>
    /// <param name="info">The entry.</param>
    /// <param name="threat">Linf or L2.</param>
    /// <param name="method">How robustness was evaluated.</param>
    public static string Of(ModelInfo info, string threat, string method) => $"""
        # Paper Information

        - **Paper Title**: {info.Name ?? Open}
        - **Paper URL**: {info.Link ?? Open}
        - **Paper authors**: {info.Authors ?? Open}

        # Leaderboard Claim(s)

        ## Model 1

        - **Architecture**: {info.Architecture ?? Open}
        - **Threat Model**: {threat}
        - **eps**: {info.Eps}
        - **Clean accuracy**: {info.CleanAcc}%
        - **Robust accuracy**: {info.RobustAcc}%
        - **Additional data**: {info.AdditionalData switch { true => "true", false => "false", null => Open }}
        - **Evaluation method**: {method}
        - **Checkpoint and code**: {Open}

        """.ReplaceLineEndings("\n");
}
