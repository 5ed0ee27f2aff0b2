using Trainer.Engine.Devices;

namespace Trainer.Tests.Devices;

public sealed class ThreadsTests
{
    [Theory]
    [InlineData("", 4)]
    [InlineData(" 0-1", 1)]
    [InlineData("0,2-3", 2)]
    [InlineData("1,2,7", 3)]
    [InlineData("0-7", 4)]
    public void Two_logical_processors_of_a_core_count_once_and_those_of_other_processes_not_at_all(
        string allowed, int expected) => Assert.Equal(expected, Processor.CountCores(
            Enumerable.Range(0, 8), Enumerable.Range(0, 8).Select(logical => ("0", $"{logical / 2}")), allowed));

    [Theory]
    [InlineData(3, "5", 7, 3)]
    [InlineData(null, "5", 7, 5)]
    [InlineData(null, "5,2", 7, 5)]
    [InlineData(null, null, 7, 7)]
    [InlineData(null, "", 7, 7)]
    [InlineData(null, "many", 7, 7)]
    [InlineData(null, "0", 7, 7)]
    [InlineData(null, "100000", 7, 7)]
    [InlineData(null, null, null, 11)]
    [InlineData(null, "5", null, 5)]
    [InlineData(null, " 5 , 2 ", 7, 5)]
    [InlineData(null, "-1", 7, 7)]
    [InlineData(null, "5,many", 7, 7)]
    public void The_option_comes_before_the_environment_the_stored_number_and_the_cores(
        int? asked, string? environment, int? stored, int expected) =>
        Assert.Equal(expected, Threads.Choose(asked, environment, stored, cores: 11));

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("2.5")]
    [InlineData("4,")]
    [InlineData("4,abc")]
    [InlineData("4097")]
    public void An_invalid_value_of_the_environment_is_named_unless_the_option_comes_before_it(string environment)
    {
        Assert.Equal(
            $"OMP_NUM_THREADS: found \"{environment}\", expected a whole number from 1 to 4096, or several with commas "
                + "between, of which the first counts. The value is ignored. Correct it, unset it, or use --threads.",
            Threads.Invalid(null, environment));
        Assert.Null(Threads.Invalid(1, environment));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("4")]
    [InlineData("4,2")]
    [InlineData("4096,5000")]
    public void A_valid_or_unset_value_is_not(string? environment) => Assert.Null(Threads.Invalid(null, environment));
}
