/** Degrees of establishment in US-RIIS version 2, by the letters and digits that the list below gives them. */
export type Degree = "C3" | "D2" | "E";
export type Place = "L48" | "AK" | "HI";

/** A species of the sample: the names are real, everything else about it is invented. */
export interface Species {
  readonly kingdom: string;
  readonly phylum: string;
  readonly class: string;
  readonly order: string;
  readonly family: string;
  readonly name: string;
  readonly author: string;
  readonly english: string;
  /** How often it is recorded, relative to the others. */
  readonly weight: number;
  /** Parts of its range: names of ranges, each with a factor. */
  readonly parts: readonly { readonly range: string; readonly factor: number }[];
  readonly degrees: Partial<Record<Place, Degree>>;
  readonly subspecies?: string;
  readonly synonym?: string;
}

const higher: Readonly<Record<string, readonly [string, string]>> = {
  Aves: ["Animalia", "Chordata"],
  Mammalia: ["Animalia", "Chordata"],
  Amphibia: ["Animalia", "Chordata"],
  Squamata: ["Animalia", "Chordata"],
  Testudines: ["Animalia", "Chordata"],
  Teleostei: ["Animalia", "Chordata"],
  Insecta: ["Animalia", "Arthropoda"],
  Malacostraca: ["Animalia", "Arthropoda"],
  Bivalvia: ["Animalia", "Mollusca"],
  Gastropoda: ["Animalia", "Mollusca"],
  Magnoliopsida: ["Plantae", "Tracheophyta"],
  Liliopsida: ["Plantae", "Tracheophyta"],
  Pinopsida: ["Plantae", "Tracheophyta"],
  Polypodiopsida: ["Plantae", "Tracheophyta"],
};

// class | order | family | name | author | English name | weight | range:factor … | place:degree … | subspecies | synonym
const table = `
Aves|Passeriformes|Cardinalidae|Cardinalis cardinalis|(Linnaeus, 1758)|Northern cardinal|90|east plains:.4 texas southwest:.2 hawaii:.05|HI:C3||
Aves|Passeriformes|Turdidae|Turdus migratorius|Linnaeus, 1766|American robin|95|lower48 alaska:.1||Turdus migratorius propinquus|
Aves|Passeriformes|Corvidae|Cyanocitta cristata|(Linnaeus, 1758)|Blue jay|70|east plains:.5|||
Aves|Passeriformes|Corvidae|Corvus brachyrhynchos|C.L.Brehm, 1822|American crow|75|lower48|||
Aves|Passeriformes|Corvidae|Corvus corax|Linnaeus, 1758|Common raven|34|rockies greatbasin northwest alaska:.6 northeast:.2|||
Aves|Passeriformes|Paridae|Poecile atricapillus|(Linnaeus, 1766)|Black-capped chickadee|55|northeast greatlakes northwest rockies:.4 alaska:.2|||
Aves|Passeriformes|Fringillidae|Spinus tristis|(Linnaeus, 1758)|American goldfinch|60|lower48||Spinus tristis pallidus|Carduelis tristis
Aves|Passeriformes|Passerellidae|Junco hyemalis|(Linnaeus, 1758)|Dark-eyed junco|58|lower48 alaska:.15||Junco hyemalis oreganus|
Aves|Passeriformes|Passerellidae|Melospiza melodia|(Wilson, 1810)|Song sparrow|56|lower48 alaska:.05|||
Aves|Passeriformes|Sturnidae|Sturnus vulgaris|Linnaeus, 1758|European starling|80|lower48 puertorico:.01 alaska:.05|L48:E AK:C3||
Aves|Passeriformes|Passeridae|Passer domesticus|(Linnaeus, 1758)|House sparrow|78|lower48 hawaii:.12 puertorico:.05|L48:E HI:C3||
Aves|Columbiformes|Columbidae|Streptopelia decaocto|(Frivaldszky, 1838)|Eurasian collared dove|40|plains southeast southwest california:.6 florida|L48:D2||
Aves|Columbiformes|Columbidae|Columba livia|Gmelin, 1789|Rock pigeon|52|lower48 hawaii:.08 puertorico:.06|L48:D2 HI:D2||
Aves|Columbiformes|Columbidae|Zenaida macroura|(Linnaeus, 1758)|Mourning dove|72|lower48|HI:C3||
Aves|Galliformes|Phasianidae|Phasianus colchicus|Linnaeus, 1758|Ring-necked pheasant|16|plains:1 greatlakes:.4 northwest:.3 hawaii:.06|L48:C3 HI:C3||
Aves|Galliformes|Phasianidae|Meleagris gallopavo|Linnaeus, 1758|Wild turkey|38|east plains:.4 california:.2 hawaii:.04|HI:C3|Meleagris gallopavo silvestris|
Aves|Anseriformes|Anatidae|Cygnus olor|(Gmelin, 1789)|Mute swan|12|greatlakes northeast|L48:D2||
Aves|Anseriformes|Anatidae|Branta canadensis|(Linnaeus, 1758)|Canada goose|66|lower48 alaska:.1|||
Aves|Anseriformes|Anatidae|Anas platyrhynchos|Linnaeus, 1758|Mallard|64|lower48 alaska:.12 hawaii:.03|HI:D2||
Aves|Accipitriformes|Accipitridae|Haliaeetus leucocephalus|(Linnaeus, 1766)|Bald eagle|44|northwest greatlakes:.8 northeast:.5 florida:.6 alaska:1|||
Aves|Accipitriformes|Accipitridae|Buteo jamaicensis|(Gmelin, 1788)|Red-tailed hawk|58|lower48 alaska:.04 puertorico:.04||Buteo jamaicensis calurus|
Aves|Charadriiformes|Charadriidae|Charadrius vociferus|Linnaeus, 1758|Killdeer|36|lower48 puertorico:.03|||
Aves|Pelecaniformes|Ardeidae|Bubulcus ibis|(Linnaeus, 1758)|Cattle egret|18|gulf florida texas hawaii:.5 puertorico:.4|HI:E||Ardea ibis
Aves|Pelecaniformes|Threskiornithidae|Eudocimus albus|(Linnaeus, 1758)|White ibis|20|florida gulf puertorico:.1|||
Aves|Psittaciformes|Psittacidae|Myiopsitta monachus|(Boddaert, 1783)|Monk parakeet|9|southflorida texas:.4 puertorico:.5|L48:C3||
Aves|Psittaciformes|Psittaculidae|Psittacula krameri|(Scopoli, 1769)|Rose-ringed parakeet|5|hawaii california:.2|HI:D2||
Aves|Strigiformes|Tytonidae|Tyto alba|(Scopoli, 1769)|Barn owl|8|lower48 hawaii:.2|HI:D2||
Aves|Passeriformes|Zosteropidae|Zosterops japonicus|Temminck & Schlegel, 1845|Japanese white-eye|14|hawaii|HI:E||
Aves|Coraciiformes|Todidae|Todus mexicanus|Lesson, 1838|Puerto Rican tody|6|puertorico|||
Mammalia|Artiodactyla|Suidae|Sus scrofa|Linnaeus, 1758|Feral pig|22|texas gulf southeast florida california:.3 hawaii:.4|L48:E HI:E||
Mammalia|Artiodactyla|Cervidae|Odocoileus virginianus|(Zimmermann, 1780)|White-tailed deer|48|east plains:.6 texas puertorico:.02|||
Mammalia|Artiodactyla|Cervidae|Odocoileus hemionus|(Rafinesque, 1817)|Mule deer|26|rockies greatbasin california northwest:.5 hawaii:.03|HI:C3|Odocoileus hemionus columbianus|
Mammalia|Artiodactyla|Cervidae|Alces alces|(Linnaeus, 1758)|Moose|10|alaska rockies:.4 northeast:.3|||
Mammalia|Carnivora|Procyonidae|Procyon lotor|(Linnaeus, 1758)|Raccoon|34|lower48 alaska:.02|AK:C3||
Mammalia|Carnivora|Canidae|Canis latrans|Say, 1823|Coyote|32|lower48 alaska:.1|||
Mammalia|Carnivora|Canidae|Vulpes vulpes|(Linnaeus, 1758)|Red fox|20|northeast greatlakes alaska:.5 california:.1|AK:C3|Vulpes vulpes fulva|
Mammalia|Carnivora|Herpestidae|Urva auropunctata|(Hodgson, 1836)|Small Indian mongoose|7|hawaii puertorico|HI:E||Herpestes auropunctatus
Mammalia|Rodentia|Sciuridae|Sciurus carolinensis|Gmelin, 1788|Eastern gray squirrel|60|east northwest:.2 california:.1||Sciurus carolinensis pennsylvanicus|
Mammalia|Rodentia|Myocastoridae|Myocastor coypus|(Molina, 1782)|Nutria|8|gulf northwest:.3|L48:E||
Mammalia|Rodentia|Muridae|Rattus rattus|(Linnaeus, 1758)|Black rat|9|gulf california hawaii puertorico alaska:.05|L48:D2 AK:D2 HI:E||
Mammalia|Cingulata|Dasypodidae|Dasypus novemcinctus|Linnaeus, 1758|Nine-banded armadillo|18|texas gulf southeast:.7|||
Amphibia|Anura|Bufonidae|Rhinella marina|(Linnaeus, 1758)|Cane toad|14|southflorida hawaii puertorico texas:.05|L48:D2 HI:E||Bufo marinus
Amphibia|Anura|Ranidae|Lithobates catesbeianus|(Shaw, 1802)|American bullfrog|26|east california:.5 northwest:.4 southwest:.3 hawaii:.1|HI:D2||Rana catesbeiana
Amphibia|Anura|Hylidae|Osteopilus septentrionalis|(Duméril & Bibron, 1841)|Cuban tree frog|12|florida puertorico:.5 gulf:.1|L48:E||
Amphibia|Anura|Eleutherodactylidae|Eleutherodactylus coqui|Thomas, 1966|Coquí|13|puertorico hawaii|HI:E||
Amphibia|Caudata|Plethodontidae|Plethodon cinereus|(Green, 1818)|Eastern red-backed salamander|14|northeast greatlakes:.5|||
Squamata|Squamata|Pythonidae|Python bivittatus|Kuhl, 1820|Burmese python|5|southflorida|L48:E||
Squamata|Squamata|Dactyloidae|Anolis sagrei|Duméril & Bibron, 1837|Brown anole|24|florida gulf:.6 hawaii:.3 texas:.2|L48:D2 HI:C3||
Squamata|Squamata|Iguanidae|Iguana iguana|(Linnaeus, 1758)|Green iguana|13|southflorida puertorico hawaii:.1|L48:E HI:C3||
Squamata|Squamata|Viperidae|Crotalus atrox|Baird & Girard, 1853|Western diamond-backed rattlesnake|9|southwest texas|||
Testudines|Testudines|Emydidae|Trachemys scripta|(Schoepff, 1792)|Pond slider|24|southeast mississippi texas california:.3 hawaii:.1 puertorico:.1|HI:D2|Trachemys scripta elegans|
Teleostei|Cypriniformes|Xenocyprididae|Hypophthalmichthys molitrix|(Valenciennes, 1844)|Silver carp|9|mississippi|L48:E||
Teleostei|Cypriniformes|Cyprinidae|Cyprinus carpio|Linnaeus, 1758|Common carp|15|greatlakes mississippi plains:.6 california:.3 hawaii:.05|L48:E HI:D2||
Teleostei|Salmoniformes|Salmonidae|Oncorhynchus mykiss|(Walbaum, 1792)|Rainbow trout|14|northwest rockies alaska:.6 northeast:.2|L48:C3 HI:C3||
Teleostei|Salmoniformes|Salmonidae|Salvelinus fontinalis|(Mitchill, 1814)|Brook trout|11|northeast greatlakes:.6 rockies:.6|||
Teleostei|Perciformes|Gobiidae|Neogobius melanostomus|(Pallas, 1814)|Round goby|7|greatlakes|L48:E||
Teleostei|Scorpaeniformes|Scorpaenidae|Pterois volitans|(Linnaeus, 1758)|Red lionfish|5|southflorida puertorico gulf:.2|L48:E||
Bivalvia|Myida|Dreissenidae|Dreissena polymorpha|(Pallas, 1771)|Zebra mussel|15|greatlakes mississippi:.6 plains:.1|L48:E||
Bivalvia|Venerida|Cyrenidae|Corbicula fluminea|(O.F.Müller, 1774)|Asian clam|9|southeast mississippi california:.4|L48:D2||
Gastropoda|Stylommatophora|Achatinidae|Lissachatina fulica|(Bowdich, 1822)|Giant African snail|4|southflorida hawaii|L48:D2 HI:E||Achatina fulica
Insecta|Lepidoptera|Nymphalidae|Danaus plexippus|(Linnaeus, 1758)|Monarch|46|lower48 hawaii:.1 puertorico:.04|HI:C3||
Insecta|Lepidoptera|Erebidae|Lymantria dispar|(Linnaeus, 1758)|Spongy moth|16|northeast greatlakes|L48:E||
Insecta|Coleoptera|Buprestidae|Agrilus planipennis|Fairmaire, 1888|Emerald ash borer|9|greatlakes northeast:.7 plains:.1|L48:E||
Insecta|Coleoptera|Scarabaeidae|Popillia japonica|Newman, 1838|Japanese beetle|24|northeast east:.7 greatlakes|L48:E||
Insecta|Coleoptera|Coccinellidae|Harmonia axyridis|(Pallas, 1773)|Asian lady beetle|28|east northwest:.5 california:.3 plains:.4 hawaii:.05|L48:D2 HI:C3||
Insecta|Hemiptera|Fulgoridae|Lycorma delicatula|(White, 1845)|Spotted lanternfly|15|northeast|L48:E||
Insecta|Hemiptera|Pentatomidae|Halyomorpha halys|(Stål, 1855)|Brown marmorated stink bug|20|northeast east:.6 northwest:.6 california:.2|L48:D2||
Insecta|Hymenoptera|Apidae|Apis mellifera|Linnaeus, 1758|Western honey bee|50|lower48 hawaii:.15 puertorico:.1 alaska:.02|L48:C3 HI:C3 AK:C3||
Insecta|Hymenoptera|Apidae|Bombus impatiens|Cresson, 1863|Common eastern bumble bee|34|east northwest:.05|||
Insecta|Hymenoptera|Formicidae|Solenopsis invicta|Buren, 1972|Red imported fire ant|19|gulf texas southeast florida puertorico:.3|L48:E||
Malacostraca|Decapoda|Cambaridae|Procambarus clarkii|(Girard, 1852)|Red swamp crayfish|9|gulf california:.5 hawaii:.2 northwest:.2|HI:D2||
Magnoliopsida|Fabales|Fabaceae|Pueraria montana|(Lour.) Merr.|Kudzu|18|southeast east:.2|L48:E HI:C3|Pueraria montana var. lobata|Pueraria lobata
Magnoliopsida|Dipsacales|Caprifoliaceae|Lonicera japonica|Thunb.|Japanese honeysuckle|24|southeast east:.6 texas:.3 hawaii:.08 puertorico:.02|L48:E HI:D2||
Magnoliopsida|Sapindales|Simaroubaceae|Ailanthus altissima|(Mill.) Swingle|Tree of heaven|22|northeast east california:.5 southwest:.3|L48:E||
Magnoliopsida|Brassicales|Brassicaceae|Alliaria petiolata|(M.Bieb.) Cavara & Grande|Garlic mustard|22|northeast greatlakes northwest:.2 alaska:.05|L48:E AK:D2||
Magnoliopsida|Myrtales|Lythraceae|Lythrum salicaria|L.|Purple loosestrife|15|northeast greatlakes northwest:.4 plains:.2|L48:E AK:D2||
Magnoliopsida|Caryophyllales|Polygonaceae|Reynoutria japonica|Houtt.|Japanese knotweed|15|northeast northwest:.6 greatlakes:.6 alaska:.15|L48:E AK:E||Fallopia japonica
Magnoliopsida|Caryophyllales|Tamaricaceae|Tamarix ramosissima|Ledeb.|Saltcedar|9|southwest greatbasin:.6 texas:.2|L48:E||
Magnoliopsida|Asterales|Asteraceae|Taraxacum officinale|F.H.Wigg.|Common dandelion|54|lower48 alaska:.3 hawaii:.02|L48:C3 AK:D2 HI:C3||
Magnoliopsida|Asterales|Asteraceae|Hieracium aurantiacum|L.|Orange hawkweed|8|northeast:.6 greatlakes alaska:1 northwest:.4|L48:D2 AK:E||Pilosella aurantiaca
Magnoliopsida|Asterales|Asteraceae|Centaurea solstitialis|L.|Yellow star-thistle|10|california northwest:.4|L48:E||
Magnoliopsida|Asterales|Asteraceae|Helianthus annuus|L.|Common sunflower|22|plains southwest:.6 california:.4||Helianthus annuus subsp. texanus|
Magnoliopsida|Fabales|Fabaceae|Melilotus albus|Medik.|White sweetclover|14|plains rockies greatlakes alaska:.5|L48:D2 AK:E||
Magnoliopsida|Proteales|Platanaceae|Platanus occidentalis|L.|American sycamore|18|east mississippi|||
Magnoliopsida|Fagales|Fagaceae|Quercus alba|L.|White oak|28|east|||
Magnoliopsida|Sapindales|Sapindaceae|Acer rubrum|L.|Red maple|36|east greatlakes|||
Magnoliopsida|Lamiales|Lamiaceae|Monarda fistulosa|L.|Wild bergamot|18|plains greatlakes east:.4|||
Magnoliopsida|Caryophyllales|Cactaceae|Carnegiea gigantea|(Engelm.) Britton & Rose|Saguaro|8|southwest|||
Magnoliopsida|Ranunculales|Papaveraceae|Eschscholzia californica|Cham.|California poppy|24|california northwest:.2 southwest:.3|HI:C3||
Magnoliopsida|Myrtales|Melastomataceae|Miconia calvescens|DC.|Velvet tree|4|hawaii|HI:E||
Magnoliopsida|Myrtales|Myrtaceae|Metrosideros polymorpha|Gaudich.|ʻŌhiʻa lehua|8|hawaii||Metrosideros polymorpha var. glaberrima|
Magnoliopsida|Sapindales|Anacardiaceae|Schinus terebinthifolia|Raddi|Brazilian peppertree|12|florida hawaii:.5 puertorico:.3 gulf:.1|L48:E HI:E||
Magnoliopsida|Lamiales|Bignoniaceae|Spathodea campanulata|P.Beauv.|African tulip tree|6|puertorico hawaii southflorida:.2|L48:C3 HI:E||
Liliopsida|Poales|Poaceae|Bromus tectorum|L.|Cheatgrass|20|greatbasin rockies plains:.3 northwest:.3 alaska:.02|L48:E AK:C3||
Liliopsida|Poales|Poaceae|Phragmites australis|(Cav.) Trin. ex Steud.|Common reed|20|northeast greatlakes gulf:.5 rockies:.2|L48:E|Phragmites australis subsp. americanus|
Liliopsida|Commelinales|Pontederiaceae|Pontederia crassipes|Mart.|Water hyacinth|12|gulf florida california:.3 hawaii:.2 puertorico:.3|L48:E HI:D2||Eichhornia crassipes
Liliopsida|Alismatales|Hydrocharitaceae|Hydrilla verticillata|(L.f.) Royle|Hydrilla|8|gulf florida southeast:.4|L48:E||
Liliopsida|Asparagales|Iridaceae|Iris pseudacorus|L.|Yellow flag iris|10|northwest northeast greatlakes:.4|L48:D2||
Pinopsida|Pinales|Pinaceae|Pinus ponderosa|Douglas ex C.Lawson|Ponderosa pine|18|rockies northwest:.5 southwest:.4||Pinus ponderosa var. scopulorum|
Pinopsida|Pinales|Pinaceae|Picea sitchensis|(Bong.) Carrière|Sitka spruce|9|alaska northwest:.6|||
Polypodiopsida|Schizaeales|Lygodiaceae|Lygodium microphyllum|(Cav.) R.Br.|Old World climbing fern|6|florida|L48:E||
`;

/** The species of the sample, in a fixed order: their keys follow from it, so new ones go to the end. */
export const sampleSpecies: readonly Species[] = table.trim().split("\n").map(parseLine);

function parseLine(line: string): Species {
  const fields = line.split("|");
  const [group = "", order = "", family = "", name = "", author = "", english = "", weight = "0"] = fields;
  const [parts = "", degrees = "", subspecies = "", synonym = ""] = fields.slice(7);
  const [kingdom, phylum] = higher[group] ?? ["", ""];
  const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");
  return {
    kingdom,
    phylum,
    class: group,
    order,
    family,
    name,
    author,
    english,
    weight: Number(weight),
    parts: words(parts).map((part) => {
      const [range = "", factor = "1"] = part.split(":");
      return { range, factor: Number(factor) };
    }),
    degrees: Object.fromEntries(words(degrees).map((pair) => pair.split(":"))),
    ...(subspecies === "" ? {} : { subspecies }),
    ...(synonym === "" ? {} : { synonym }),
  };
}

/** Smaller than every key of the sample, and far above those that GBIF's taxonomies use. */
const keyBase = 990_000_000;

/** The sample's invented keys of a species: the accepted name, its subspecies, its synonym, its genus. */
export function keysOf(index: number): {
  species: string;
  subspecies: string;
  synonym: string;
  genus: string;
} {
  const key = (offset: number): string => String(keyBase + index * 10 + offset);
  return { species: key(1), subspecies: key(2), synonym: key(3), genus: key(4) };
}
