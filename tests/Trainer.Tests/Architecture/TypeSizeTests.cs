using System.Reflection;
using System.Runtime.CompilerServices;
using Trainer.Cli;
using Trainer.Engine;
using Trainer.Recipes;
using Trainer.Reports;
using Trainer.Robustness;

namespace Trainer.Tests.Architecture;

/// <summary>Types and methods that a reader can take in.</summary>
public sealed class TypeSizeTests
{
    private const int MostMembers = 20;
    private const int MostParameters = 6;
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.Public | BindingFlags.NonPublic;

    [Fact]
    public void No_method_or_constructor_but_those_of_records_has_more_than_6_parameters() =>
        Assert.Empty(from type in Types()
                     where !IsRecord(type) && !type.IsSubclassOf(typeof(Delegate))
                     from method in type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared))
                     let count = method.GetParameters().Length
                     where count > MostParameters && !IsGenerated(method) && !IsNative(method)
                     select $"{type}.{method.Name}: {count} parameters");

    [Fact]
    public void No_type_but_records_of_files_has_more_than_20_public_members() =>
        Assert.Empty(from type in Types()
                     where !type.IsEnum && !IsRecord(type)
                     let count = type.GetMembers(Declared).Count(IsPublicMember)
                     where count > MostMembers
                     select $"{type}: {count} public members");

    [Fact]
    public void The_rules_count_what_they_should()
    {
        Assert.True(IsRecord(typeof(ThreeMembers)) && !IsRecord(typeof(TypeSizeTests)));
        Assert.Equal(3, typeof(ThreeMembers).GetMembers(Declared).Count(IsPublicMember));
        Assert.True(Types().Count() > 300);
    }

    private static IEnumerable<Type> Types() => new[]
        {
            typeof(Classifier), typeof(TrainerException), typeof(BuiltInComponents), typeof(RunReport),
            typeof(CommandLine),
        }
        .SelectMany(type => type.Assembly.GetTypes()).Where(type => !IsGenerated(type));

    private static bool IsGenerated(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name.Contains('<', StringComparison.Ordinal);

    private static bool IsNative(MethodBase method) => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl);

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$", Declared) is not null;

    private static bool IsPublicMember(MemberInfo member) => !IsGenerated(member) && member switch
    {
        MethodBase method => method.IsPublic && !method.IsSpecialName,
        PropertyInfo property => property.GetMethod is { IsPublic: true },
        FieldInfo field => field.IsPublic,
        _ => false,
    };

    private sealed record ThreeMembers(int First)
    {
        public const int Second = 2;

        public int Third() => First + Second;
    }
}
